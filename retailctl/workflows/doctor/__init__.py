"""Doctor: what is wrong with this machine, these settings or this workspace, and how to repair it."""

from retailctl.workflows.doctor.diagnose import CHECKS, DoctorRequest, DoctorResult, diagnose
from retailctl.workflows.doctor.findings import Check, Finding, Patient

__all__ = ["CHECKS", "Check", "DoctorRequest", "DoctorResult", "Finding", "Patient", "diagnose"]
