"""What every request passes, outermost first: plain_errors, language, prerender, presence, rate_limit."""
