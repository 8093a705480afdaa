"""What a GPT-2 holds and costs, as closed forms over its shape. Without torch, but for reconcile.py."""
