# Builds the application, then leaves the means of building behind.
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock .
RUN python -m venv /opt/stanch \
    && /opt/stanch/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY stanch stanch
COPY workflows workflows
COPY activities activities
COPY workers workers
COPY sandbox sandbox
RUN /opt/stanch/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/stanch --create-home stanch
COPY --from=build /opt/stanch /opt/stanch
ENV PATH=/opt/stanch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    STANCH_DATA=/var/lib/stanch
USER stanch
# Where stanch.yaml and playbooks/ are expected.
WORKDIR /etc/stanch
VOLUME /var/lib/stanch
ENTRYPOINT ["stanch"]
CMD ["--help"]
