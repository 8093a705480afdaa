from conftest import TINY

from gpt2core import build
from gpt2core.pool import Pool


def key(seed):
    return TINY, seed, "cpu", "float32"


def test_the_least_recently_used_goes_first():
    models = [build(TINY, seed=s, device="cpu") for s in range(3)]
    pool = Pool(2 * Pool._size(models[0]))
    pool.put(key(0), models[0])
    pool.put(key(1), models[1])
    assert pool.get(key(0)) is models[0]
    pool.put(key(2), models[2])
    assert pool.get(key(1)) is None
    assert pool.get(key(0)) is models[0]
    pool.put(key(2), models[2])  # built again: now the newest
    pool.put(key(1), models[1])
    assert pool.get(key(0)) is None


def test_what_is_too_big_for_the_pool_costs_nobody_else_their_place():
    small = build(TINY, device="cpu")
    pool = Pool(Pool._size(small))
    pool.put(key(0), small)
    pool.limit_bytes -= 1
    pool.put(key(1), small)
    assert pool.get(key(1)) is None
    assert pool.get(key(0)) is small
    pool.clear()
    assert pool.get(key(0)) is None
