namespace Ottla.Configuration.Catalogs;

internal static partial class Documentation
{
    private const string SecurityTable = """
        authorizer.class.name Class that decides who may do what; everybody may do everything when not set.
        principal.builder.class Class that makes a principal of what a connection proved.
        security.providers Classes that bring algorithms to the Java virtual machine.
        delegation.token.expiry.check.interval.ms How often delegation tokens are looked through for those that have expired.
        delegation.token.expiry.time.ms How long a delegation token is valid unless it is renewed.
        delegation.token.max.lifetime.ms How long a delegation token can be renewed at all.
        delegation.token.secret.key The secret with which delegation tokens are signed; the same on every node.
        sasl.client.callback.handler.class Class that answers the questions of a SASL client.
        sasl.enabled.mechanisms SASL mechanisms that clients may use.
        sasl.jaas.config Login of a SASL connection, in the form of Java's JAAS files.
        sasl.kerberos.kinit.cmd Where the kinit program lies.
        sasl.kerberos.min.time.before.relogin Least time between two Kerberos logins, in ms.
        sasl.kerberos.principal.to.local.rules Rules that make short names of Kerberos principals; the first that fits holds.
        sasl.kerberos.service.name The name under which the brokers are known to Kerberos.
        sasl.kerberos.ticket.renew.jitter Random share by which the time of a ticket's renewal differs.
        sasl.kerberos.ticket.renew.window.factor Share of a ticket's life after which it is renewed.
        sasl.login.callback.handler.class Class that answers the questions of a SASL login.
        sasl.login.class Class that logs in for SASL.
        sasl.login.connect.timeout.ms How long a login waits for a connection to the server of tokens.
        sasl.login.read.timeout.ms How long a login waits for an answer of the server of tokens.
        sasl.login.refresh.buffer.seconds Time before a credential's end by which it has to be renewed, in seconds.
        sasl.login.refresh.min.period.seconds Least time between two renewals of a credential, in seconds.
        sasl.login.refresh.window.factor Share of a credential's life after which it is renewed.
        sasl.login.refresh.window.jitter Random share by which the time of a credential's renewal differs.
        sasl.login.retry.backoff.max.ms The longest wait before a failed login is repeated.
        sasl.login.retry.backoff.ms How long the first repetition of a failed login waits.
        sasl.mechanism.controller.protocol SASL mechanism with which nodes prove themselves to controllers.
        sasl.mechanism.inter.broker.protocol SASL mechanism with which brokers prove themselves to each other.
        sasl.oauthbearer.allow.unverified.audience Whether a token is taken whose audience cannot be checked.
        sasl.oauthbearer.allow.unverified.issuer Whether a token is taken whose issuer cannot be checked.
        sasl.oauthbearer.assertion.algorithm Algorithm with which an assertion is signed.
        sasl.oauthbearer.assertion.claim.aud Audience that an assertion names.
        sasl.oauthbearer.assertion.claim.exp.seconds How long an assertion is valid, in seconds.
        sasl.oauthbearer.assertion.claim.iss Issuer that an assertion names.
        sasl.oauthbearer.assertion.claim.jti.include Whether an assertion carries an id of its own.
        sasl.oauthbearer.assertion.claim.nbf.seconds How long before now an assertion begins to be valid, in seconds.
        sasl.oauthbearer.assertion.claim.sub Subject that an assertion names.
        sasl.oauthbearer.assertion.file File that holds a ready assertion.
        sasl.oauthbearer.assertion.private.key.file File that holds the key with which assertions are signed.
        sasl.oauthbearer.assertion.private.key.passphrase Passphrase of the key with which assertions are signed.
        sasl.oauthbearer.assertion.template.file File that holds headers and claims which every assertion gets.
        sasl.oauthbearer.client.credentials.client.id Id with which this node asks for a token.
        sasl.oauthbearer.client.credentials.client.secret Secret with which this node asks for a token.
        sasl.oauthbearer.clock.skew.seconds How far the clocks of brokers and of the server of tokens may differ, in seconds.
        sasl.oauthbearer.expected.audience Audiences of which a token has to name one.
        sasl.oauthbearer.expected.issuer The issuer that a token has to name.
        sasl.oauthbearer.jwks.endpoint.refresh.ms How often the keys with which tokens are checked are fetched anew.
        sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms The longest wait before a failed fetch of keys is repeated.
        sasl.oauthbearer.jwks.endpoint.retry.backoff.ms How long the first repetition of a failed fetch of keys waits.
        sasl.oauthbearer.jwks.endpoint.url Where the keys with which tokens are checked are found.
        sasl.oauthbearer.jwt.retriever.class Class that gets a token for this node.
        sasl.oauthbearer.jwt.validator.class Class that checks the tokens of clients.
        sasl.oauthbearer.scope Scope for which this node asks when it gets a token.
        sasl.oauthbearer.scope.claim.name Name of the claim in which a token carries its scope.
        sasl.oauthbearer.sub.claim.name Name of the claim in which a token carries its subject.
        sasl.oauthbearer.token.endpoint.url Where tokens are asked for.
        sasl.server.callback.handler.class Class that answers the questions of a SASL server: whether a password is right, and so on.
        sasl.server.max.receive.size The largest message that is read before a client has proved itself.
        ssl.allow.dn.changes Whether a new certificate may name somebody else than the one that it replaces.
        ssl.allow.san.changes Whether a new certificate may lack names that the one which it replaces has.
        ssl.cipher.suites Cipher suites that may be used; those of the platform when empty.
        ssl.client.auth Whether clients have to show a certificate: required, requested or none.
        ssl.enabled.protocols Versions of TLS that may be used.
        ssl.endpoint.identification.algorithm How the name of a server is held against its certificate; empty does not.
        ssl.engine.factory.class Class that makes the engines of TLS connections.
        ssl.key.password Password of the private key.
        ssl.keymanager.algorithm Algorithm by which the Java virtual machine chooses a key.
        ssl.keystore.certificate.chain The node's certificate and those above it, as PEM.
        ssl.keystore.key The node's private key, as PEM.
        ssl.keystore.location File that holds the node's key and certificate.
        ssl.keystore.password Password of the file that holds the node's key.
        ssl.keystore.type Form of the file that holds the node's key: JKS, PKCS12 or PEM.
        ssl.principal.mapping.rules Rules that make short names of the names in certificates; the first that fits holds.
        ssl.protocol Version of TLS with which connections begin.
        ssl.provider Provider of TLS in the Java virtual machine.
        ssl.secure.random.implementation Source of random numbers for TLS.
        ssl.trustmanager.algorithm Algorithm by which the Java virtual machine judges certificates.
        ssl.truststore.certificates Certificates that are trusted, as PEM.
        ssl.truststore.location File that holds the certificates that are trusted.
        ssl.truststore.password Password of the file that holds the certificates that are trusted.
        ssl.truststore.type Form of the file that holds trusted certificates: JKS, PKCS12 or PEM.
        """;
}
