using System.Runtime.InteropServices;

namespace Ottla.Protocol.Codecs;

/// <summary>Finds the shared libraries of the codecs, under the names that the operating systems give them.</summary>
internal static class NativeLibraries
{
    /// <summary>The library under the first of its names that loads; zero if none does.</summary>
    public static nint TryLoad(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, typeof(NativeLibraries).Assembly, null, out var library)) return library;
        }

        return 0;
    }
}
