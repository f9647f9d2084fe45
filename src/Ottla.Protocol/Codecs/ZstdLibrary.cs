using System.Runtime.InteropServices;

namespace Ottla.Protocol.Codecs;

/// <summary>The functions of libzstd that are used, if it is installed.</summary>
internal static unsafe class ZstdLibrary
{
    public static readonly delegate* unmanaged<nint> CreateCompression;
    public static readonly delegate* unmanaged<nint, nuint> FreeCompression;
    public static readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int, nuint> Compress;
    public static readonly delegate* unmanaged<nuint, nuint> CompressBound;
    public static readonly delegate* unmanaged<nint, int, int, nuint> SetParameter;
    public static readonly delegate* unmanaged<nint, Buffer*, Buffer*, int, nuint> CompressStream;
    public static readonly delegate* unmanaged<nint> CreateDecompression;
    public static readonly delegate* unmanaged<nint, nuint> FreeDecompression;
    public static readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint> Decompress;
    public static readonly delegate* unmanaged<byte*, nuint, ulong> DecompressBound;
    public static readonly delegate* unmanaged<nint, Buffer*, Buffer*, nuint> DecompressStream;
    public static readonly delegate* unmanaged<nuint, uint> IsError;

    static ZstdLibrary()
    {
        var library = NativeLibraries.TryLoad("libzstd.so.1", "libzstd.1.dylib", "libzstd.dll", "zstd");
        if (library == 0) return;
        CreateCompression = (delegate* unmanaged<nint>)Export(library, "ZSTD_createCCtx");
        FreeCompression = (delegate* unmanaged<nint, nuint>)Export(library, "ZSTD_freeCCtx");
        Compress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int, nuint>)Export(library, "ZSTD_compressCCtx");
        CompressBound = (delegate* unmanaged<nuint, nuint>)Export(library, "ZSTD_compressBound");
        SetParameter = (delegate* unmanaged<nint, int, int, nuint>)Export(library, "ZSTD_CCtx_setParameter");
        CompressStream = (delegate* unmanaged<nint, Buffer*, Buffer*, int, nuint>)Export(library, "ZSTD_compressStream2");
        CreateDecompression = (delegate* unmanaged<nint>)Export(library, "ZSTD_createDCtx");
        FreeDecompression = (delegate* unmanaged<nint, nuint>)Export(library, "ZSTD_freeDCtx");
        Decompress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint>)Export(library, "ZSTD_decompressDCtx");
        DecompressBound = (delegate* unmanaged<byte*, nuint, ulong>)Export(library, "ZSTD_decompressBound");
        DecompressStream = (delegate* unmanaged<nint, Buffer*, Buffer*, nuint>)Export(library, "ZSTD_decompressStream");
        IsError = (delegate* unmanaged<nuint, uint>)Export(library, "ZSTD_isError");
        IsAvailable = CreateCompression is not null && FreeCompression is not null && Compress is not null && CompressBound is not null
            && CreateDecompression is not null && FreeDecompression is not null && Decompress is not null && DecompressStream is not null
            && IsError is not null && SetParameter is not null && CompressStream is not null;
    }

    public static bool IsAvailable { get; }

    private static nint Export(nint library, string name) => NativeLibrary.TryGetExport(library, name, out var function) ? function : 0;

    /// <summary>The library's view of a buffer that is read or written in steps.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }
}
