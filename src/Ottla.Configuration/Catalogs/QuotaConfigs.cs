using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Catalogs;

/// <summary>The quotas of a user, a client id or an ip (AlterClientQuotas, KIP-546). None has a default: no entry is no limit.</summary>
public static class QuotaConfigs
{
    private static ConfigCatalog? _clients;
    private static ConfigCatalog? _ips;

    /// <summary>Of users, client ids and pairs of them.</summary>
    public static ConfigCatalog OfClients => _clients ??= new("client quota", ClientTable);

    public static ConfigCatalog OfIps => _ips ??= new("ip quota", IpTable);

    private const string ClientTable = """
        producer_byte_rate       double - 0.. mid
        consumer_byte_rate       double - 0.. mid
        request_percentage       double - 0.. mid
        controller_mutation_rate double - 0.. mid
        """;

    private const string IpTable = """
        connection_creation_rate double - 0.. mid
        """;
}
