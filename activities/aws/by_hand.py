"""What a person would type: the AWS CLI, with the target's region."""

import json
from shlex import quote
from typing import Any

from stanch.model.change import Target


def command(target: Target, what: str, **options: Any) -> str:
    """`aws ecs update-service --cluster … --region …`; True is an option alone, None is left out."""
    region = target.at.get("region") or None
    words = [f"aws {what}"]
    for name, value in {**options, "region": region}.items():
        if value is None:
            continue
        words.append(f"--{name.replace('_', '-')}")
        if value is not True:
            words.append(quote(value if isinstance(value, str) else json.dumps(value)))
    return " ".join(words)
