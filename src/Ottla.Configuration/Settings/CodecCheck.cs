using Ottla.Protocol.Batches;
using Ottla.Protocol.Codecs;

namespace Ottla.Configuration.Settings;

/// <summary>Whether this node can do what `compression.type` asks for: zstd is a library of the system's, which may be missing.</summary>
/// <remarks>Asked where a value is set, so that nobody learns of it from each producer's refused batch.</remarks>
internal static class CodecCheck
{
    public const string Name = "compression.type";

    /// <summary>Why batches can't be stored so; null where they can.</summary>
    public static string? WhyMissing(string? compression) => WhyMissing(compression, Codec.For(CompressionType.Zstd)!.UnavailableBecause);

    internal static string? WhyMissing(string? compression, string? zstdMissing) => compression == "zstd" ? zstdMissing : null;
}
