# One image, one command per process: automate web | relay | worker | scheduler | roles | migrate | health
ARG PYTHON=3.13-slim-trixie

# The wheel, built by the hatchling of requirements.lock.
FROM python:${PYTHON} AS wheel
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements.lock ./
RUN awk '/^[^ #]/ { on = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } on && !/^#/' requirements.lock >build.lock \
    && python -m venv /build \
    && /build/bin/pip install --quiet --no-deps --require-hashes -r build.lock
COPY pyproject.toml README.md LICENSE ./
COPY platform platform
COPY tenants tenants
COPY graphql_schema graphql_schema
COPY rest_api rest_api
COPY actors actors
# The portal, by Node from a Python wheel. Nothing of Node is in the image that runs.
COPY portal portal
COPY scripts/build_portal.py scripts/build_portal.py
RUN /build/bin/python scripts/build_portal.py
RUN /build/bin/python -m hatchling build -t wheel -d /wheel

# What runs: this project and runtime.lock, without pip, compilers or tests.
FROM python:${PYTHON} AS runtime
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY runtime.lock ./
RUN python -m venv --without-pip /opt/automate \
    && python -m pip --python /opt/automate/bin/python install --quiet --no-deps --require-hashes -r runtime.lock
COPY --from=wheel /wheel /wheel
RUN python -m pip --python /opt/automate/bin/python install --quiet --no-deps --no-index /wheel/*.whl \
    && /opt/automate/bin/python -m compileall -q /opt/automate/lib
# The bill of materials of what is installed, by a program that is not.
COPY sbom.lock ./
COPY scripts/sbom scripts/sbom
RUN python -m venv /sbom && /sbom/bin/pip install --quiet --no-deps --require-hashes -r sbom.lock \
    && CYCLONEDX=/sbom/bin/cyclonedx-py sh scripts/sbom /opt/automate/bin/python /opt/automate/sbom.cdx.json

FROM python:${PYTHON}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Django Automate" \
    org.opencontainers.image.description="A self-hosted, multi-tenant automation platform: when this event happens, do that, once." \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --create-home --uid 10001 automate
COPY --from=runtime /opt/automate /opt/automate
ENV PATH=/opt/automate/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AUTOMATE_HOST=0.0.0.0 \
    AUTOMATE_PORT=8000
USER automate
WORKDIR /home/automate
EXPOSE 8000
ENTRYPOINT ["automate"]
CMD ["web"]
