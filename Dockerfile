# One image, one command per process: automate web | relay | worker | scheduler | roles | migrate
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md ./
RUN python -m venv /opt/automate \
    && /opt/automate/bin/pip install --quiet --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY platform platform
COPY tenants tenants
COPY graphql_schema graphql_schema
COPY actors actors
RUN /opt/automate/bin/pip install --quiet --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --create-home --uid 10001 automate
COPY --from=build /opt/automate /opt/automate
USER automate
WORKDIR /home/automate
ENV PATH=/opt/automate/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AUTOMATE_HOST=0.0.0.0 \
    AUTOMATE_PORT=8000
EXPOSE 8000
CMD ["automate", "web"]
