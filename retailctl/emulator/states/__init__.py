"""Life cycles as tables of data: the states of jobs, endpoints and deployments, and what may follow what."""
