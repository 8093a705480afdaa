"""Engines on many machines, by Ray Serve (the package ray[serve], which only this needs).

An engine is a replica of one Serve deployment: what runs beside a server elsewhere, with its scheduler and
its pool of models, one on each machine or GPU. Page processes are drivers on nodes of the cluster and reach
replicas through a handle; what is asked of one model goes to one replica. Jobs are counted in one small
actor, so that it does not matter to which page a visitor comes.

    python -m gpt2core.serving.ray_engine.deploy --replicas 2    deploys, or upgrades
    GPT2_ANATOMY_ENGINE=ray RAY_ADDRESS=10.0.0.1:6379 python app.py
"""
