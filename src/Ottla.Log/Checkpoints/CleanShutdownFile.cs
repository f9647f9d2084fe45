using System.Text;
using System.Text.Json;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Checkpoints;

/// <summary>
/// `.kafka_cleanshutdown` in the root of a log directory: it stands there exactly while every log of the directory is whole on the disk.
/// </summary>
/// <remarks>
/// Written last when the node stops, removed before the first log is opened. It carries the broker's epoch (KIP-966), with which the
/// controller tells a clean restart from an unclean one; the file counts as the marker even where no epoch can be read from it.
/// </remarks>
public static class CleanShutdownFile
{
    public const string FileName = ".kafka_cleanshutdown";

    public const int FileBytesMax = 4 << 10;

    public static byte[] Format(BrokerEpoch epoch) => Encoding.ASCII.GetBytes($"{{\"version\":0,\"brokerEpoch\":{epoch.Value}}}");

    /// <summary>The broker's epoch; <see cref="BrokerEpoch.None"/> where the file has none.</summary>
    public static BrokerEpoch Parse(ReadOnlySpan<byte> file)
    {
        try
        {
            var reader = new Utf8JsonReader(file);
            if (!JsonDocument.TryParseValue(ref reader, out var document)) return BrokerEpoch.None;
            using (document)
            {
                var root = document.RootElement;
                return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("brokerEpoch", out var epoch)
                    && epoch.ValueKind == JsonValueKind.Number && epoch.TryGetInt64(out var value) && value >= 0
                    ? new BrokerEpoch(value)
                    : BrokerEpoch.None;
            }
        }
        catch (JsonException)
        {
            return BrokerEpoch.None;
        }
    }
}
