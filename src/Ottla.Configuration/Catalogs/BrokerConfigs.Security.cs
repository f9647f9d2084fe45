namespace Ottla.Configuration.Catalogs;

public static partial class BrokerConfigs
{
    private const string SecurityTable = """
        # who may do what
        authorizer.class.name                     string   ""          *              low
        delegation.token.expiry.check.interval.ms long     3600000     1..            low
        delegation.token.expiry.time.ms           long     86400000    1..            mid
        delegation.token.max.lifetime.ms          long     604800000   1..            mid
        delegation.token.secret.key               password -           *              mid
        principal.builder.class class org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder * mid per-broker
        security.providers                        string   -           *              low

        # TLS
        ssl.allow.dn.changes                  bool     false       *              low
        ssl.allow.san.changes                 bool     false       *              low
        ssl.cipher.suites                     list     ""          *              mid   per-broker
        ssl.client.auth                       string   none        {required|requested|none} mid   per-broker
        ssl.enabled.protocols                 list     TLSv1.2,TLSv1.3 *              mid   per-broker
        ssl.endpoint.identification.algorithm string   https       *              low   per-broker
        ssl.engine.factory.class              class    -           *              low   per-broker
        ssl.key.password                      password -           *              mid   per-broker
        ssl.keymanager.algorithm              string   SunX509     *              mid   per-broker
        ssl.keystore.certificate.chain        password -           *              mid   per-broker
        ssl.keystore.key                      password -           *              mid   per-broker
        ssl.keystore.location                 string   -           *              mid   per-broker
        ssl.keystore.password                 password -           *              mid   per-broker
        ssl.keystore.type                     string   JKS         *              mid   per-broker
        ssl.principal.mapping.rules           string   DEFAULT     *              low
        ssl.protocol                          string   TLSv1.3     *              mid   per-broker
        ssl.provider                          string   -           *              mid   per-broker
        ssl.secure.random.implementation      string   -           *              low   per-broker
        ssl.trustmanager.algorithm            string   PKIX        *              mid   per-broker
        ssl.truststore.certificates           password -           *              mid   per-broker
        ssl.truststore.location               string   -           *              mid   per-broker
        ssl.truststore.password               password -           *              mid   per-broker
        ssl.truststore.type                   string   JKS         *              mid   per-broker

        # SASL
        sasl.client.callback.handler.class                  class    -           *              mid
        sasl.enabled.mechanisms                             list     GSSAPI      *              mid   per-broker
        sasl.jaas.config                                    password -           *              mid   per-broker
        sasl.kerberos.kinit.cmd                             string   /usr/bin/kinit *              mid   per-broker
        sasl.kerberos.min.time.before.relogin               long     60000       *              mid   per-broker
        sasl.kerberos.principal.to.local.rules              list     DEFAULT     *              mid   per-broker
        sasl.kerberos.service.name                          string   -           *              mid   per-broker
        sasl.kerberos.ticket.renew.jitter                   double   0.05        *              mid   per-broker
        sasl.kerberos.ticket.renew.window.factor            double   0.8         *              mid   per-broker
        sasl.login.callback.handler.class                   class    -           *              mid
        sasl.login.class                                    class    -           *              mid
        sasl.login.connect.timeout.ms                       int      -           *              low
        sasl.login.read.timeout.ms                          int      -           *              low
        sasl.login.refresh.buffer.seconds                   short    300         *              mid   per-broker
        sasl.login.refresh.min.period.seconds               short    60          *              mid   per-broker
        sasl.login.refresh.window.factor                    double   0.8         *              mid   per-broker
        sasl.login.refresh.window.jitter                    double   0.05        *              mid   per-broker
        sasl.login.retry.backoff.max.ms                     long     10000       *              low
        sasl.login.retry.backoff.ms                         long     100         *              low
        sasl.mechanism.controller.protocol                  string   GSSAPI      *              high
        sasl.mechanism.inter.broker.protocol                string   GSSAPI      *              mid   per-broker
        sasl.oauthbearer.allow.unverified.audience          bool     false       *              mid
        sasl.oauthbearer.allow.unverified.issuer            bool     false       *              mid
        sasl.oauthbearer.assertion.algorithm                string   RS256       {~ES256|RS256} mid
        sasl.oauthbearer.assertion.claim.aud                string   -           *              mid
        sasl.oauthbearer.assertion.claim.exp.seconds        int      300         0..86400       low
        sasl.oauthbearer.assertion.claim.iss                string   -           *              mid
        sasl.oauthbearer.assertion.claim.jti.include        bool     false       *              mid
        sasl.oauthbearer.assertion.claim.nbf.seconds        int      60          0..3600        low
        sasl.oauthbearer.assertion.claim.sub                string   -           *              mid
        sasl.oauthbearer.assertion.file                     string   -           *              mid
        sasl.oauthbearer.assertion.private.key.file         string   -           *              mid
        sasl.oauthbearer.assertion.private.key.passphrase   password -           *              mid
        sasl.oauthbearer.assertion.template.file            string   -           *              mid
        sasl.oauthbearer.client.credentials.client.id       string   -           *              mid
        sasl.oauthbearer.client.credentials.client.secret   password -           *              mid
        sasl.oauthbearer.clock.skew.seconds                 int      30          *              low
        sasl.oauthbearer.expected.audience                  list     ""          *              high
        sasl.oauthbearer.expected.issuer                    string   -           *              high
        sasl.oauthbearer.jwks.endpoint.refresh.ms           long     3600000     *              low
        sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms long     10000       *              low
        sasl.oauthbearer.jwks.endpoint.retry.backoff.ms     long     100         *              low
        sasl.oauthbearer.jwks.endpoint.url                  string   -           *              mid
        sasl.oauthbearer.jwt.retriever.class class org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever * mid
        sasl.oauthbearer.jwt.validator.class class org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator * mid
        sasl.oauthbearer.scope                              string   -           *              mid
        sasl.oauthbearer.scope.claim.name                   string   scope       *              low
        sasl.oauthbearer.sub.claim.name                     string   sub         *              low
        sasl.oauthbearer.token.endpoint.url                 string   -           *              mid
        sasl.server.callback.handler.class                  class    -           *              mid
        sasl.server.max.receive.size                        int      524288      *              mid
        """;
}
