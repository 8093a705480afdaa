"""What every request passes, outermost first: allowed_routes, plain_errors, forwarded_host, rate_limit,
language, prerender, stream_limit, presence."""
