"""Between page and engine: typed messages, the service that answers them, and the clients that reach it."""
