# The desk as an image: docker build -t frontdesk . && docker run -p 8000:8000 -v desk:/data frontdesk

FROM python:3.12-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1
# The dependencies first: this layer stays as long as the lock does.
COPY Makefile requirements.lock requirements-model.lock ./
RUN make .venv/.locked
COPY pyproject.toml ./
COPY bot ./bot
COPY channels ./channels
COPY actions ./actions
COPY flows ./flows
RUN make install && .venv/bin/python -m pip uninstall --quiet --yes pip

FROM python:3.12-slim
# A fixed number, so that a volume or a cluster's policy can name it; it owns nothing but /data.
RUN groupadd --gid 10001 desk \
    && useradd --uid 10001 --gid desk --home-dir /data --no-create-home --shell /usr/sbin/nologin desk \
    && install -d -o desk -g desk -m 0750 /data
# The same path as in the build: the environment knows where its Python and the desk's code are.
COPY --from=build /app /app
ENV PATH="/app/.venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FRONTDESK_HOST=0.0.0.0 \
    FRONTDESK_PORT=8000 \
    FRONTDESK_DATA_DIR=/data
WORKDIR /app
# Everything the desk writes goes here (and to /tmp): the root file system may be read-only.
VOLUME /data
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['FRONTDESK_PORT'] + '/healthz', timeout=4)"]
# Exec form: the desk itself gets SIGTERM and drains.
ENTRYPOINT ["frontdesk"]
CMD ["serve"]
