using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Catalogs;

/// <summary>The configs of a subscription to clients' metrics (KIP-714).</summary>
public static class ClientMetricsConfigs
{
    private static ConfigCatalog? _catalog;

    public static ConfigCatalog Catalog => _catalog ??= new("client metrics", Table);

    public const int IntervalMsMin = 100;

    public const int IntervalMsMax = 3_600_000;

    private const string Table = """
        interval.ms int  300000 * mid
        match       list ""     * mid
        metrics     list ""     * mid
        """;
}
