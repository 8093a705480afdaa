"""The page's views, a file each: `lay_out` puts one on the page, its handlers stand below."""

from gpt2core.ui.views import build, costs, drawing, generate, inside, lesson, parameters, train

__all__ = ["build", "costs", "drawing", "generate", "inside", "lesson", "parameters", "train"]
