"""What a playbook says once for all of its scenarios, put into each; positions stay those of the text."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from stanch.playbooks.yaml_source import YamlSource
from stanch.playbooks.yaml_values import Keys

_BY_KEY = ("evidence", "otherwise", "watch")
"""Maps of which a scenario may write some keys; everything else it writes takes the place of the default."""
_ELSEWHERE = ("service", "mode", "verify")


def merged(source: YamlSource) -> YamlSource:
    """The same file with `defaults` in every scenario."""
    value = source.value
    if not isinstance(value, Mapping):
        return source
    defaults, scenarios = value.get("defaults"), value.get("scenarios")
    if not isinstance(defaults, Mapping) or not isinstance(scenarios, Mapping):
        return source
    origins: dict[Keys, Keys] = {}
    whole = {}
    for name, scenario in scenarios.items():
        whole[name] = scenario
        if isinstance(scenario, Mapping):
            brought = list(_brought(scenario, defaults))
            origins |= {("scenarios", name, *keys): ("defaults", *keys) for keys, _ in brought}
            whole[name] = _with(scenario, brought)
    return replace(source, value={**value, "scenarios": whole}, origins=origins)


def _brought(scenario: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[tuple[Keys, Any]]:
    for key in (*_ELSEWHERE, *_BY_KEY):
        if key not in defaults:
            continue
        given, default = scenario.get(key), defaults[key]
        if key not in scenario:
            yield (key,), default
        elif key in _BY_KEY and isinstance(given, Mapping) and isinstance(default, Mapping):
            yield from (((key, name), value) for name, value in default.items() if name not in given)


def _with(scenario: Mapping[str, Any], brought: list[tuple[Keys, Any]]) -> dict[str, Any]:
    whole = dict(scenario)
    more: dict[str, dict[str, Any]] = {}
    for keys, value in brought:
        if len(keys) == 1:
            whole[str(keys[0])] = value
        else:
            more.setdefault(str(keys[0]), {})[str(keys[1])] = value
    return {**whole, **{key: {**inside, **whole[key]} for key, inside in more.items()}}
