"""The page: one file per tab. With app.py the only part that knows Gradio and spaces."""
