# One image for web, worker and sandbox; what it runs is the command.
FROM python:3.13-slim

WORKDIR /srv/alerting
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN printf '#!/bin/sh\nexec python -m alerting "$@"\n' > /usr/local/bin/alerting \
 && chmod +x /usr/local/bin/alerting \
 && useradd --system --home /srv/alerting alerting \
 && mkdir -m 700 -p var && chown alerting var \
 && mkdir -p /srv/public/folder && chown alerting /srv/public/folder
USER alerting
ENV PYTHONUNBUFFERED=1
EXPOSE 8000
CMD ["alerting", "web"]
