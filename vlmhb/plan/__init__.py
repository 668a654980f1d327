"""What is to be asked, and what is left to ask. Pure."""

from vlmhb.plan.build import build_plan
from vlmhb.plan.fingerprint import run_fingerprint
from vlmhb.plan.prompts import sets_in_use
from vlmhb.plan.remaining import remaining
from vlmhb.plan.rule_use import RuleCount, RuleUse, rule_uses
from vlmhb.plan.unused_rules import unused_rules

__all__ = [
    "RuleCount",
    "RuleUse",
    "build_plan",
    "remaining",
    "rule_uses",
    "run_fingerprint",
    "sets_in_use",
    "unused_rules",
]
