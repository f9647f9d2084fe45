using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Ottla.Runtime.Network;

namespace Ottla.Runtime.Platform.Polling;

/// <summary>Linux's sendfile(2) on a socket that does not block.</summary>
internal static partial class SendFileCall
{
    /// <summary>Sends what the socket takes now; 0 when its buffer is full.</summary>
    /// <exception cref="ConnectionLostException">The connection broke or was closed here.</exception>
    /// <exception cref="IOException">The file can't be read, or ends before the range does.</exception>
    public static int TrySend(SafeHandle socket, SafeFileHandle file, long position, int length)
    {
        try
        {
            while (true)
            {
                var offset = position;
                var sent = SendFile(socket, file, ref offset, length);
                if (sent > 0) return (int)sent;
                if (sent == 0) throw CopiedRange.TooShort();
                var error = Marshal.GetLastPInvokeError();
                if (error == PollCalls.Again) return 0;
                if (error == PollCalls.Interrupted) continue;
                if (IsOfThePeer(error)) throw new ConnectionLostException($"The connection broke: {Marshal.GetPInvokeErrorMessage(error)}");
                throw DiskFault.FromErrno(error, "Sending from the file failed");
            }
        }
        catch (ObjectDisposedException closed)
        {
            // a range is sent under a lease of its file, so it is the socket
            throw new ConnectionLostException("The connection was closed here", closed);
        }
    }

    /// <summary>EPIPE and what a network fails with: ENETDOWN to ECONNRESET, ENOTCONN, ESHUTDOWN, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH. Anything else is
    /// about the file.</summary>
    private static bool IsOfThePeer(int error) => error is 32 or (>= 100 and <= 104) or 107 or 108 or 110 or 112 or 113;

    [LibraryImport("libc", EntryPoint = "sendfile64", SetLastError = true)]
    private static partial nint SendFile(SafeHandle socket, SafeHandle file, ref long offset, nint count);
}
