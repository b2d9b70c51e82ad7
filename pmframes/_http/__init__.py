"""Transport: credentials, requests, retries, the rate limit, pagination and the cache."""
