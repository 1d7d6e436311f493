"""Prometheus' text, line by line."""

import pytest

from activities.portable.exposition import samples

TEXT = """
# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000
file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find:\\n\\"FILE.TXT\\""} 1.458255915e9
metric_without_timestamp_and_labels 12.47
with_braces{route="/a/{id}, b"} 5
an_exemplar_bucket{le="0.1"} 8 # {trace_id="abc"} 0.067
something_weird{problem="division by zero"} +Inf -3982045
not_a_number NaN
a_histogram_count 144320
no value here
"""


@pytest.mark.parametrize(
    ("pick", "values"),
    [
        ("metric_without_timestamp_and_labels", [12.47]),
        ("http_requests_total", [1027, 3]),
        ('http_requests_total{code="400"}', [3]),
        ('http_requests_total{code="400", method="post"}', [3]),
        ('http_requests_total{code="500"}', []),
        ("http_requests", []),
        ('with_braces{route="/a/{id}, b"}', [5]),
        ("an_exemplar_bucket", [8]),
        ("something_weird", []),
        ("not_a_number", []),
        ("a_histogram_count", [144320]),
        ("no", []),
        ("http requests{", []),
    ],
)
def test_a_number_is_picked_by_its_name_and_as_many_labels_as_are_named(
    pick: str, values: list[float]
) -> None:
    assert [one.value for one in samples(TEXT) if one.fits(pick)] == values


def test_labels_are_what_they_say() -> None:
    found = next(one for one in samples(TEXT) if one.name == "file_access_time_seconds")

    assert found.labels == {"path": "C:\\DIR\\FILE.TXT", "error": 'Cannot find:\n"FILE.TXT"'}


@pytest.mark.parametrize(
    "text", ["", "<html><body>Log in</body></html>", '{"error_rate": 1}', "# only words"]
)
def test_what_is_no_such_text_has_no_numbers(text: str) -> None:
    assert list(samples(text)) == []
