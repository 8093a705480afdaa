"""Which replica a job goes to."""

from __future__ import annotations

from typing import Any

from ray.serve.experimental.consistent_hash_router import ConsistentHashRouter
from ray.serve.request_router import PendingRequest, RunningReplica

from gpt2core.serving.ray_engine.bounded_load import bound


class BoundedLoadRouter(ConsistentHashRouter):
    """Consistent hashing with bounded loads: jobs for one model (the handle's `session_id`) go to one
    replica, which has it in memory, but a model that everybody wants spills to the next on the ring."""

    def initialize_state(self, **kwargs: Any) -> None:
        super().initialize_state(**{"num_fallback_replicas": 1000} | kwargs)

    async def choose_replicas(
        self, candidate_replicas: list[RunningReplica], pending_request: PendingRequest | None = None
    ) -> list[list[RunningReplica]]:
        ranks: list[list[RunningReplica]] = await super().choose_replicas(
            candidate_replicas, pending_request
        )
        jobs = {
            replica.replica_id: self.replica_queue_len_cache.get(replica.replica_id) or 0
            for replica in candidate_replicas
        }
        most = bound(list(jobs.values()))
        # Sorting is stable: among those with room, and among those without, the ring's order stays.
        return sorted(ranks, key=lambda rank: all(jobs.get(r.replica_id, 0) >= most for r in rank))
