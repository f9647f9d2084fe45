using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ottla.Runtime.Platform.Polling;

/// <summary>Linux's sendfile(2) on a socket that does not block.</summary>
internal static partial class SendFileCall
{
    /// <summary>Sends what the socket takes now; 0 when its buffer is full.</summary>
    /// <exception cref="IOException">The connection or the disk failed, or the file ends before the range does.</exception>
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
                if (error != PollCalls.Interrupted) throw PollCalls.Failed("sendfile", error);
            }
        }
        catch (ObjectDisposedException closed)
        {
            throw new IOException("The connection or the file is closed", closed);
        }
    }

    [LibraryImport("libc", EntryPoint = "sendfile64", SetLastError = true)]
    private static partial nint SendFile(SafeHandle socket, SafeHandle file, ref long offset, nint count);
}
