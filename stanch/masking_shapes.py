r"""What secrets look like: one expression each, linear on any text.

Linear, since a long repetition is only ever followed by what cannot fail, or is bounded; a lookbehind keeps
an expression from beginning in the middle of what it has looked at. `before` and `after` stay, the rest goes.
"""

import re

_OPEN = r"\\{0,3}[\"']"
"""A quote, as it is or escaped in a text of JSON."""
_GONE = r"(?!\(secret\))"
"""Not what is hidden already."""
_NO_VALUE = (
    r"(?!(?:env|file):|\$\{|\$[A-Z_]{2,64}(?![a-z0-9])|<[a-z]|(?<![\"'])[{\[]|\*{3}"
    r"|(?:null|none|nil|true|false|undefined)(?![\w-]))"
)
"""Where a secret is only referred to, or where there is none."""
_NAME = (
    r"(?:pass(?:word|wd|phrase)|secret|token|credentials?|api[_-]?key|auth[_-]?key|(?:access|private|signing"
    r"|encryption|master|account|storage|license|service[_-]?role|anon)[_-]?key|connection[_-]?string"
    r"|(?<=[_;&-])pwd|(?<=[_;&-])pass|signature|(?<![a-z0-9])session[_-]?id|(?<![a-z0-9])webhook[_-]?url)"
    r"(?:[_-]?(?:key|value|base|key[_-]?base|hash))?"
)
"""The end of a name that says secret: `DB_PASSWORD`, `clientSecret`, `x-api-key`, `SECRET_KEY_BASE`."""

NAMES = re.compile(rf"(?:{_NAME}|^(?:auth|authorization|cookie|set-cookie|pwd|pass|jwt|dsn))$", re.IGNORECASE)

PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----"
    r"(?:(?!-----END)[\s\S])*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----)?"
)

COOKIE = re.compile(
    rf"(?P<before>\bcookie(?:{_OPEN})?\s{{0,3}}[:=,]\s{{0,3}}"
    rf"(?:(?:{_OPEN}){_GONE}(?=[^\s=;,\"'\\]{{1,256}}=)|(?=[^\s=;,\"']{{1,256}}=)))"
    r"(?:(?<=[\"'])[^\r\n\"'\\]+|(?<![\"'])[^\r\n]+)",
    re.IGNORECASE,
)

AUTHORIZATION = re.compile(
    rf"(?P<before>authorization(?:{_OPEN})?\s{{0,3}}[:=,]\s{{0,3}}(?:{_OPEN})?"
    r"(?:(?:bearer|basic|token|apikey|api-key|digest|negotiate|flyv1|bot|key|aws4-hmac-sha256)\s{1,3})?+)"
    rf"{_GONE}{_NO_VALUE}(?!(?:bearer|basic|header|failed|required|denied|error)\b)[^\s\"'\\,;]{{4,}}",
    re.IGNORECASE,
)

DATABASE_URL = re.compile(
    r"(?P<before>(?:postgres|postgresql|mysql|mariadb|mongodb|rediss?|valkeys?|amqps?|mssql|sqlserver|clickhouse"
    r"|nats|kafka|smtps?|ftps?|sftp|ldaps?|cockroachdb|memcached)(?:\+\w{1,16})?://[^\s:@/\"'<>]{0,256}:)"
    rf"{_GONE}[^\s\"'<>@]{{1,512}}(?P<after>@)",
    re.IGNORECASE,
)

USERINFO = re.compile(
    rf"(?P<before>://(?:[^\s:@/?#\"'<>\\(]{{0,256}}:(?=[^\s@/?#\"'<>]{{1,512}}@)|(?=[^\s:@/?#\"'<>]{{16,512}}@)))"
    rf"{_GONE}[^\s@/?#\"'<>]{{1,512}}(?P<after>@)"
)

WEBHOOK = re.compile(
    r"(?P<before>hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/"
    r"|webhook\.office\.com/webhookb2/|api\.telegram\.org/bot|events\.pagerduty\.com/integration/)"
    rf"{_GONE}[^\s\"'<>?#\\]+",
    re.IGNORECASE,
)

_AFTER = r"(?<![A-Za-z0-9])"
TOKENS = re.compile(
    r"(?:(?<![A-Za-z0-9_-])|(?<=%[0-9A-Fa-f]{2}))eyJ[A-Za-z0-9_=-]{17,}(?:\.[A-Za-z0-9_=-]*){0,4}"
    rf"|{_AFTER}(?:"
    r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9_]{8,}|whsec_[A-Za-z0-9+/=_-]{12,}"
    r"|gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|xox[a-z]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_.-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}"
    r"|npm_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{30,}|HRKU-[A-Za-z0-9_-]{20,}"
    r"|fm[12][ar]?_[A-Za-z0-9+/=_,-]{16,}|fo1_[A-Za-z0-9_-]{16,}"
    r"|nf[cop]_[A-Za-z0-9]{16,}|vc[aikpr]_[A-Za-z0-9]{16,}|cfut_[A-Za-z0-9_-]{16,}|v1\.0-[a-f0-9]{16,}-[a-f0-9-]{16,}"
    r"|sk-(?=[A-Za-z_-]{0,100}[0-9])[A-Za-z0-9_-]{20,}|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}"
    r"|do[opr]_v1_[a-f0-9]{32,}|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32,}|sbp_[a-f0-9]{32,}|sntry[su]_[A-Za-z0-9+/=_-]{20,}"
    r"|lin_api_[A-Za-z0-9]{20,}|gl(?:sa|c)_[A-Za-z0-9_=]{20,}|NRAK-[A-Z0-9]{20,}|hf_[A-Za-z0-9]{30,}"
    r"|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{16,}|hvs\.[A-Za-z0-9_-]{20,}|dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9.]{20,}"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{30,}|PMAK-[a-f0-9-]{30,}|rubygems_[a-f0-9]{32,}|key-[0-9a-f]{32}(?![0-9a-f])"
    r")"
)

BEARER = re.compile(
    rf"(?P<before>\bbearer(?:\s{{1,3}}|%20)){_GONE}"
    r"(?=[A-Za-z0-9._~+/=-]{0,200}[0-9]|[A-Za-z._~+/=-]{20})[A-Za-z0-9._~+/=-]{6,}",
    re.IGNORECASE,
)

BASIC = re.compile(r"(?P<before>\bbasic(?:\s{1,3}|%20))(?P<value>[A-Za-z0-9+/_-]{6,}={0,2})", re.IGNORECASE)

NAMED = re.compile(
    # A quoted name or an equals sign: whatever comes is the value.
    rf"(?P<before>(?<!unexpected )(?:{_NAME})(?:"
    rf"(?:{_OPEN}\]?\s{{0,3}}(?:=>|[:=,])|\s{{0,3}}(?:=>|:=|==?)|%3D)\s{{0,3}}(?:{_OPEN})?"
    # A colon in prose: only what is no ordinary word, or stands alone on its line, or in quotes.
    rf"|:\s{{0,3}}(?:{_OPEN}|(?=[^\s\"',;]{{0,200}}[0-9!#$%^*+/=_~][^\s\"',;]{{0,200}})(?=[^\s\"',;]{{4}})|(?=[^\s\"',;]{{20}}))"
    rf"|:[ \t]{{1,8}}(?=[^\s\"',;]{{4,200}}[ \t]{{0,8}}(?:[\r\n]|\Z))))"
    rf"{_GONE}{_NO_VALUE}"
    r"(?:(?<=\\\")(?:[^\"\\]|\\(?!\"))+|(?<=\")(?:[^\"\\]|\\.)+|(?<=')(?:[^'\\\n]|\\.)+|(?<![\"'])[^\s\"'&;,<>)}\]|\\]+)",
    re.IGNORECASE,
)

FLAG = re.compile(
    r"(?P<before>(?<![\w-])--?[a-z-]{0,40}(?:password|passwd|secret|token|api-?key|access-?key)\s{1,3}(?:\\{0,3}[\"'])?)"
    rf"{_GONE}{_NO_VALUE}(?=[^\s\"']{{0,200}}[0-9])[^\s\"'$-][^\s\"']{{5,}}",
    re.IGNORECASE,
)

IN_QUERY = re.compile(
    r"(?P<before>[?&;](?:(?:[a-z]{1,20}[_-])?(?:key|sig|auth|hmac|apikey|pwd|pass|sid)=|(?:code|jwt|ticket|assertion)="
    rf"(?=[^\s&\"'<>#]{{8}}))){_GONE}{_NO_VALUE}[^\s&\"'<>#\\]+",
    re.IGNORECASE,
)
