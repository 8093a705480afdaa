"""One device's computing: many requests, decoded together. It knows no HTTP and no page.

From a request to its tokens: scheduler.py admits it, model_loader.py builds its model into
model_pool.py, batch.py prefills and decodes its sequence with all others of that model, through
model_runner.py, kv_cache.py and the kernels of linear_kernels.py and cuda_graph.py.
"""
