"""Under which names the parts find each other in a cluster."""

from __future__ import annotations

RAY_VERSION = "2.60.0"  # every machine of a cluster must have the same
NAMESPACE = "gpt2-anatomy"
APPLICATION = "gpt2-anatomy"
DEPLOYMENT = "Engine"
REGISTRY = "jobs"
