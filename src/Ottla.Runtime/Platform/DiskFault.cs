using System.Runtime.InteropServices;
using Ottla.Runtime.Files;

namespace Ottla.Runtime.Platform;

/// <summary>
/// What a failed call of the file system means. A full volume heals by itself once there is room; anything else is the end of a log
/// directory.
/// </summary>
public static class DiskFault
{
    private const int NoSpace = 28;
    private const int TooManyFilesInSystem = 23;
    private const int TooManyFiles = 24;
    private const int NoMemory = 12;
    private const int LinuxQuota = 122;
    private const int MacQuota = 69;
    private const int InputOutput = 5;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>No room on the volume, or none within the quota. Never a flush that failed: what it should have made durable may be lost.</summary>
    public static bool IsFull(Exception fault) => fault is IOException and not FlushFailedException && fault.HResult switch
    {
        WindowsDiskFull or WindowsHandleDiskFull => true,
        NoSpace => !OperatingSystem.IsWindows(),
        LinuxQuota => OperatingSystem.IsLinux(),
        MacQuota => OperatingSystem.IsMacOS(),
        _ => false,
    };

    /// <summary>The process or the system has no file descriptor or no memory left for the call: nothing is wrong with the disk, and the next try may
    /// succeed.</summary>
    public static bool IsShortage(Exception fault) =>
        fault is IOException && !OperatingSystem.IsWindows() && fault.HResult is TooManyFiles or TooManyFilesInSystem or NoMemory;

    /// <summary>The fault of a process that may open no more files, for file systems of our own making.</summary>
    public static IOException Shortage(string path) => new($"Too many open files: '{path}'", TooManyFiles);

    /// <summary>The fault of a full volume, for file systems of our own making.</summary>
    public static IOException Full(string path) =>
        new($"No space left on device: '{path}'", OperatingSystem.IsWindows() ? WindowsDiskFull : NoSpace);

    /// <summary>The fault of a broken device, for file systems of our own making.</summary>
    public static IOException Broken(string path) => new($"Input/output error: '{path}'", InputOutput);

    internal static IOException FromErrno(int errno, string what) => new($"{what}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})", errno);
}
