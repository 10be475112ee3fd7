"""Scaffolding: manifests, plan, rendering and writing of new panel projects."""

from devkit.scaffold.manifest import Feature, Template, find_template, load_templates
from devkit.scaffold.names import check_folder_name, check_name, suggest_name
from devkit.scaffold.plan import (
    Answers,
    Words,
    check_features,
    check_product_id,
    check_version,
    plan_project,
)
from devkit.scaffold.project import Project, check_target, create_project

__all__ = [
    "Answers",
    "Feature",
    "Project",
    "Template",
    "Words",
    "check_features",
    "check_folder_name",
    "check_name",
    "check_product_id",
    "check_target",
    "check_version",
    "create_project",
    "find_template",
    "load_templates",
    "plan_project",
    "suggest_name",
]
