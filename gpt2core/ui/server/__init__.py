"""What the web server does besides Gradio's own: routes, static files, the first screen, middleware."""
