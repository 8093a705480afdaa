"""Deploys engines to a Ray cluster, or upgrades them: `python -m gpt2core.serving.ray_engine.deploy`.

Replicas of a version before are replaced one after another; texts that they were at go on elsewhere.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from gpt2core.runtime.settings import PREFIX, SETTINGS
from gpt2core.serving.job_registry import JobRegistry
from gpt2core.serving.ray_engine.connect import NoCluster, join
from gpt2core.serving.ray_engine.names import APPLICATION, DEPLOYMENT, NAMESPACE, REGISTRY

_ROOT = Path(__file__).resolve().parents[3]
_ROUTER = "gpt2core.serving.ray_engine.router.BoundedLoadRouter"
_HANDOVER_SECONDS = 10.0  # that jobs of a replica which is asked to go have to end there
_HEALTH_SECONDS = 2.0


def deploy(replicas: int, num_cpus: float, num_gpus: float) -> None:
    """Deploys so many engines, at most one on each machine where they have no GPUs. Returns when Serve
    has taken it up; replicas start a moment later."""
    import ray
    from ray import serve
    from ray.serve.config import RequestRouterConfig

    from gpt2core.serving.ray_engine.replica import Engine

    # Every machine has this checkout at the same place, and the settings are those of who deploys.
    given = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    own = {"PYTHONPATH": str(_ROOT), f"{PREFIX}ENGINE": "process"}
    own[f"{PREFIX}MAX_CORES"] = str(max(1, int(num_cpus)))
    environment = {"env_vars": given | own}
    ray.remote(JobRegistry).options(
        name=REGISTRY, namespace=NAMESPACE, lifetime="detached", get_if_exists=True, num_cpus=0,
        max_restarts=-1, max_task_retries=0, runtime_env=environment,
    ).remote(SETTINGS.max_jobs, SETTINGS.max_jobs_per_address)  # fmt: skip
    serve.start(proxy_location="Disabled")  # pages call replicas by a handle: there is no port to attack
    engine = serve.deployment(
        name=DEPLOYMENT, num_replicas=replicas, max_ongoing_requests=2 * SETTINGS.max_jobs,
        ray_actor_options={"num_cpus": num_cpus, "num_gpus": num_gpus, "runtime_env": environment},
        max_replicas_per_node=100 if num_gpus else 1,
        graceful_shutdown_timeout_s=_HANDOVER_SECONDS, graceful_shutdown_wait_loop_s=0.5,
        health_check_period_s=_HEALTH_SECONDS, health_check_timeout_s=5 * _HEALTH_SECONDS,
        request_router_config=RequestRouterConfig.model_validate({"request_router_class": _ROUTER}),
    )(Engine)  # fmt: skip
    target = serve.RunTarget(engine.bind(), name=APPLICATION, route_prefix=None)
    serve.run_many([target], wait_for_applications_running=False)


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gpt2core.serving.ray_engine.deploy")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--num-cpus", type=float, default=1.0, help="of each replica, as Ray counts them")
    parser.add_argument("--num-gpus", type=float, default=0.0, help="of each replica")
    parser.add_argument("--address", help="of the cluster, instead of RAY_ADDRESS")
    return parser


def main() -> None:
    arguments = parser().parse_args()
    try:
        join(arguments.address)
    except NoCluster as why:
        sys.exit(str(why))
    deploy(arguments.replicas, arguments.num_cpus, arguments.num_gpus)


if __name__ == "__main__":
    main()
