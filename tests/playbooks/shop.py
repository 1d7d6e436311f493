"""A shop and its playbook, as far as tests share them: services, parts, switches, numbers, evidence."""

TEAM = """
providers:
  cliff: {status_page: cliff}
  github: {}
services:
  shop:
    runs_on: {provider: cliff, app: shop-web}
    also_on: [{provider: flags, store: shop-flags}]
    base: {url: https://shop.example, bearer: admin}
    health: [/healthz, /v1/ready]
    depends_on: [shop-pay]
    parts: {cache: shop-cache}
    switches:
      checkout:
        {uses: flags.set, with: {key: checkout}, "on": true, "off": false, covers: [shop-pay, /checkout]}
      search: {uses: flags.set, with: {key: search}, "on": true, "off": false}
      pool: {uses: cliff.set_config, with: {key: POOL}, "off": "0", then: restart}
      lifetime: {uses: flags.set, with: {key: lifetime}}
    metrics:
      error_rate: {uses: cliff.metrics}
      p95: {uses: numbers.query, with: {query: p95 of shop}, in: ms, by: {route: resource}}
      starts: {uses: numbers.query, with: {query: starts}}
      refused: {uses: numbers.http, with: {url: /numbers, pick: refused}}
    owners: [ana]
  site: {runs_on: {provider: cliff, app: shop-site}, base: https://www.shop.example, health: /}
  shop-cache: {runs_on: {provider: cave, cache: shop-1}, owners: [li]}
people:
  ana: {roles: [responder, approver, on-call]}
  li: {roles: [responder, approver, lead]}
channels:
  team: {webhook: env:TEAM}
  status_page: {provider: statuspage}
secrets: {admin: env:ADMIN, stripe: env:STRIPE}
mode: auto
"""
HEAD = """
severities:
  P0:
    rank: critical
    page: everybody
    status_page: investigating
    escalate: [{after: 5m, to: on-call, unless: acknowledged}, {after: 1h, to: lead}]
  P1: {rank: high, page: [on-call], tell: {team: ""}, ticket: github}
defaults:
  service: shop
  evidence:
    vendors: {uses: status.pages}
    health: {uses: probe, with: {pick: {database: database.status}}}
    release: {uses: releases}
    copies: {uses: status}
    cache: {uses: status, target: cache}
    lines: {uses: logs, with: {count: {failed: ' 5xx ', slow: timeout}, by: {path: 'GET (x)'}}}
  otherwise: {escalate: lead}
"""
