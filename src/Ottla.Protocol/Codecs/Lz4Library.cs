using System.Runtime.InteropServices;

namespace Ottla.Protocol.Codecs;

/// <summary>
/// The block functions of liblz4, if it is installed. Its frame functions are not used: frames are few bytes, and their contexts would have
/// to be pooled.
/// </summary>
internal static unsafe class Lz4Library
{
    private static readonly nint s_library = NativeLibraries.TryLoad("liblz4.so.1", "liblz4.1.dylib", "liblz4.dll", "lz4");

    private static readonly delegate* unmanaged<byte*, byte*, int, int, int> s_decompress =
        (delegate* unmanaged<byte*, byte*, int, int, int>)Export("LZ4_decompress_safe");

    private static readonly delegate* unmanaged<byte*, byte*, int, int, int> s_compress =
        (delegate* unmanaged<byte*, byte*, int, int, int>)Export("LZ4_compress_default");

    private static readonly delegate* unmanaged<byte*, byte*, int, int, int, int> s_compressHigh =
        (delegate* unmanaged<byte*, byte*, int, int, int, int>)Export("LZ4_compress_HC");

    public static bool IsAvailable { get; } = s_decompress is not null && s_compress is not null && s_compressHigh is not null;

    /// <summary>Length of the block, or a negative number if it is malformed or longer than <paramref name="target"/>.</summary>
    public static int Decompress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        fixed (byte* from = source, to = target) return s_decompress(from, to, source.Length, target.Length);
    }

    public static int Compress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        fixed (byte* from = source, to = target) return s_compress(from, to, source.Length, target.Length);
    }

    /// <summary>Slower and denser, by level (1 to 12; the library takes higher ones for 12).</summary>
    public static int CompressHigh(ReadOnlySpan<byte> source, Span<byte> target, int level)
    {
        fixed (byte* from = source, to = target) return s_compressHigh(from, to, source.Length, target.Length, level);
    }

    private static nint Export(string name) =>
        s_library != 0 && NativeLibrary.TryGetExport(s_library, name, out var function) ? function : 0;
}
