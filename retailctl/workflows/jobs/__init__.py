"""Jobs: staying with one to its end, and everything else one does with them."""

from retailctl.workflows.downloads import Downloaded
from retailctl.workflows.jobs.follow import StreamJob, lines_of, stream_job, wait_job
from retailctl.workflows.jobs.manage import (
    DownloadJob,
    JobDetail,
    JobPage,
    ListJobs,
    cancel_job,
    download_job,
    job_logs,
    list_jobs,
    show_job,
)

__all__ = [
    "DownloadJob",
    "Downloaded",
    "JobDetail",
    "JobPage",
    "ListJobs",
    "StreamJob",
    "cancel_job",
    "download_job",
    "job_logs",
    "lines_of",
    "list_jobs",
    "show_job",
    "stream_job",
    "wait_job",
]
