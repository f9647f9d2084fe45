using Ottla.Client;
using Ottla.Network;

namespace Ottla.Cli.Tools;

/// <summary>What tools that talk to a cluster share.</summary>
internal static class Clients
{
    public static NetworkPlatform Platform(CliContext context) => new(context.Transport, context.Time, context.Random);

    /// <summary>The protocol's name of the error before its message, unless the message is that name: what a script looks for on standard
    /// error.</summary>
    public static string Describe(BrokerException failed)
    {
        var name = Ottla.Protocol.Primitives.ErrorCodes.ProtocolName(failed.Code);
        return failed.Message == name ? name : $"{name}: {failed.Message}";
    }
}
