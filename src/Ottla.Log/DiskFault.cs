namespace Ottla.Log;

/// <summary>Tells apart what an <see cref="IOException"/> means to the owner of a log directory.</summary>
public static class DiskFault
{
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int QuotaExceededMac = 69;
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>No room on the disk: appends fail until there is some, everything else goes on. Any other fault takes the directory offline.</summary>
    public static bool IsDiskFull(IOException fault) =>
        fault.HResult is NoSpace or QuotaExceeded or QuotaExceededMac or WindowsHandleDiskFull or WindowsDiskFull;
}
