"""What is typed at Vercel, Netlify and Cloudflare."""

import re
from dataclasses import replace

from stanch.importing.commands.log_lines import logs, name_of
from stanch.importing.invocation import Invocation, is_placeholder
from stanch.importing.meaning import (
    CommandMeaning,
    KnownCommand,
    MeaningKind,
    Reads,
    ServicePlace,
    SwitchDraft,
    at,
    does,
    looks,
    stays,
)

_LOOKED_UP = "the earlier deployment is looked up"
_NO_SUCH = "there is no such command; the earlier deployment is looked up"
_UPLOADS = "it uploads the working tree; the variable alone is set"
_NO_RESTART = "there is no such option; the same version is deployed again"
_NO_LIMIT = "there is no such option; the limit is set by itself"
_A_BUILD = (
    "it is a new build and takes minutes; instant is an item of an Edge Config (vercel.set_edge_config)"
)
_VARIABLE = re.compile(r"(?P<key>[A-Za-z_]\w*)[=:](?P<value>[^\s\[\]<>{}$]+)")
_PUBLIC = re.compile(r"(?:NEXT_PUBLIC|VITE|REACT_APP|NUXT_PUBLIC|PUBLIC|GATSBY|EXPO_PUBLIC)_")
_WORDS_OF_A_FLAG = re.compile(
    r"^(?:NEXT_PUBLIC|VITE|REACT_APP|NUXT_PUBLIC|PUBLIC|GATSBY|EXPO_PUBLIC)_|ENABLE_|SHOW_"
)
_OPPOSITE = {"false": "true", "0": "1", "off": "on"}
_MOST_CONNECTIONS = 100
_SITE = "site"


def _vercel(reads: Reads) -> Reads:
    return at(lambda _: ServicePlace("vercel", _SITE, {"project": _SITE}), reads)


def _netlify(reads: Reads) -> Reads:
    return at(lambda _: ServicePlace("netlify", _SITE, {"site": _SITE}), reads)


def _worker(reads: Reads) -> Reads:
    return at(_place_of_worker, reads)


def _place_of_worker(typed: Invocation) -> ServicePlace:
    name = typed.option("--name")
    name = name if name and not is_placeholder(name) else "worker"
    return ServicePlace("cloudflare", name, {"worker": name, "account": "0" * 32})


def switch_of(key: str, value: str, uses: str, because: str) -> CommandMeaning:
    """A variable that is given a value: turned off where that is what the value says, otherwise set."""
    name = name_of(_WORDS_OF_A_FLAG.sub("", key))
    if other := _OPPOSITE.get(value.lower()):
        switch = SwitchDraft(name, uses, {"key": key}, off=value, on=other)
        return CommandMeaning(MeaningKind.VERB, "turn_off", {"switch": name}, because=because, switch=switch)
    on = {shown: hidden for hidden, shown in _OPPOSITE.items()}.get(value.lower())
    if on:
        switch = SwitchDraft(name, uses, {"key": key}, off=on, on=value)
        return CommandMeaning(MeaningKind.VERB, "turn_on", {"switch": name}, because=because, switch=switch)
    number: object = int(value) if value.isdigit() else value
    switch = SwitchDraft(name, uses, {"key": key})
    return CommandMeaning(
        MeaningKind.VERB, "set", {"switch": name, "value": number}, because=because, switch=switch
    )


def public_variable(typed: Invocation) -> CommandMeaning | None:
    """`NEXT_PUBLIC_X=false` alone on its line: a variable of the site's build."""
    sets = typed.command.sets
    if typed.command.words or len(sets) != 1:
        return None
    key, value = next(iter(sets.items()))
    if not _PUBLIC.match(key) or not value or is_placeholder(value) or "$" in value:
        return None
    found = switch_of(key, value, "vercel.set_config", _A_BUILD)
    switch = replace(found.switch, target=_SITE) if found.switch else None
    return replace(found, switch=switch, place=ServicePlace("vercel", _SITE, {"project": _SITE}))


def _of_deploy(typed: Invocation) -> CommandMeaning | None:
    """`wrangler deploy --var K=V`, and the `--restart` that it does not have."""
    if typed.has("--restart"):
        return does("cloudflare.redeploy", _NO_RESTART)(typed)
    variables = typed.options("--var")
    found = _VARIABLE.fullmatch(variables[0]) if len(variables) == 1 else None
    return switch_of(found["key"], found["value"], "cloudflare.set_config", _UPLOADS) if found else None


def _of_hyperdrive(typed: Invocation) -> CommandMeaning | None:
    limit = typed.option("--max-connections", "--origin-connection-limit")
    if not limit.isdigit() or not 0 < int(limit) <= _MOST_CONNECTIONS:
        return None
    given = {"connections": int(limit)}
    return CommandMeaning(MeaningKind.VERB, "cloudflare.set_hyperdrive_limit", given, because=_NO_LIMIT)


def _of_store(typed: Invocation) -> CommandMeaning | None:
    """`wrangler kv key put NAME VALUE`, and what it was called before."""
    written = typed.names[typed.names.index("put") + 1 :] if "put" in typed.names else ()
    if len(written) != len(("key", "value")) or any(is_placeholder(word) or "$" in word for word in written):
        return None
    key, value = written
    return switch_of(key, value, "cloudflare.set_flag", "it is a switch of the catalogue")


KNOWN = (
    KnownCommand("vercel rollback status", _vercel(looks("releases"))),
    KnownCommand("vercel rollback", _vercel(does("roll_back", _LOOKED_UP))),
    KnownCommand("vercel logs", _vercel(logs)),
    KnownCommand("vercel ls", _vercel(looks("releases"))),
    KnownCommand("vercel list", _vercel(looks("releases"))),
    KnownCommand("vercel inspect", _vercel(looks("releases"))),
    KnownCommand("vercel cache purge", _vercel(does("purge_cache", "everything of the site, or its tags"))),
    KnownCommand("vercel promote", stays("it may go forward as well as back")),
    KnownCommand("netlify deploy:restore", _netlify(does("roll_back", _NO_SUCH))),
    KnownCommand("netlify rollback", _netlify(does("roll_back", _NO_SUCH))),
    KnownCommand("netlify api restoreSiteDeploy", _netlify(does("roll_back", _LOOKED_UP))),
    KnownCommand("netlify api listSiteDeploys", _netlify(looks("releases"))),
    KnownCommand("netlify deploy:list", _netlify(looks("releases"))),
    KnownCommand("netlify logs", _netlify(logs)),
    KnownCommand("netlify env:set", stays("it waits for the next build")),
    KnownCommand("wrangler tail", _worker(logs)),
    KnownCommand("wrangler deployments", _worker(looks("releases"))),
    KnownCommand("wrangler versions list", _worker(looks("releases"))),
    KnownCommand("wrangler rollback", _worker(does("roll_back", _LOOKED_UP))),
    KnownCommand("wrangler deploy", _worker(_of_deploy), ("--var", "--restart")),
    KnownCommand("wrangler hyperdrive update", _worker(_of_hyperdrive)),
    KnownCommand("wrangler hyperdrive get", _worker(looks("cloudflare.hyperdrive"))),
    KnownCommand("wrangler hyperdrive list", _worker(looks("cloudflare.hyperdrive"))),
    KnownCommand("wrangler kv key put", _worker(_of_store)),
    KnownCommand("wrangler kv:key put", _worker(_of_store)),
    KnownCommand("wrangler secret list", _worker(looks("secrets"))),
)
