# The program alone, without a shell or libraries: docker build -t sedlab .
# Data, runs and the cache are on volumes, such as the claim that sedlab submit --kubernetes mounts.
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /sedlab .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /sedlab /sedlab
ENTRYPOINT ["/sedlab"]
