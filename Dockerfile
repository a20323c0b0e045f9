# The suite in a container: not root, a read-only file system, the reports in a folder that you mount.
#   docker build -t speke-conformance .
#   docker run --rm --read-only --tmpfs /tmp --user "$(id -u):$(id -g)" -v "$PWD/reports:/reports" \
#     -e SPEKE_TOKEN speke-conformance run --server-url https://keys.example/speke --auth bearer --report-dir /reports
FROM python:3.13-slim@sha256:6771159cd4fa5d9bba1258caf0b82e6b73458c694d178ad97c5e925c2d0e1a91 AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/suite && \
    /opt/suite/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY conformance conformance
COPY testcases testcases
COPY profiles profiles
RUN /opt/suite/bin/pip install --no-cache-dir --no-deps --no-build-isolation . && \
    /opt/suite/bin/python -m compileall -q /opt/suite/lib

FROM python:3.13-slim@sha256:6771159cd4fa5d9bba1258caf0b82e6b73458c694d178ad97c5e925c2d0e1a91
COPY --from=build /opt/suite /opt/suite
ENV PATH=/opt/suite/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp
RUN useradd --uid 10001 --no-create-home suite && install -d -o suite /reports
USER 10001
# pytest keeps its cache where it is started; /tmp is the one place that is writable beside the reports.
WORKDIR /tmp
VOLUME ["/reports"]
ENTRYPOINT ["speke-conformance"]
CMD ["run", "--profile", "reference", "--report-dir", "/reports"]
