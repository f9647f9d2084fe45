using System.Runtime.InteropServices;

namespace Ottla.Runtime.Platform;

/// <summary>What the system lets this process have.</summary>
public static partial class ProcessLimits
{
    private const int LinuxOpenFiles = 7;
    private const int MacOpenFiles = 8;

    /// <summary>Files and sockets open at the same time (RLIMIT_NOFILE, which .NET has raised as far as it may); int.MaxValue where there is no
    /// such limit.</summary>
    public static int OpenFiles()
    {
        if (OperatingSystem.IsWindows()) return int.MaxValue;
        Span<ulong> limits = stackalloc ulong[2];
        var resource = OperatingSystem.IsMacOS() ? MacOpenFiles : LinuxOpenFiles;
        return GetLimit(resource, limits) == 0 && limits[0] < int.MaxValue ? (int)limits[0] : int.MaxValue;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, Span<ulong> limits);
}
