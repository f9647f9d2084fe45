using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ottla.Runtime.Platform;

/// <summary>Linux's sendfile(2) on a socket that .NET has set to non-blocking.</summary>
internal static partial class SendFileCall
{
    private const int Interrupted = 4;
    private const int Again = 11;

    public static bool IsSupported { get; } = OperatingSystem.IsLinux();

    /// <summary>Sends what the socket takes now; 0 when its buffer is full.</summary>
    /// <exception cref="IOException">The connection or the disk failed, or the file ends before the range does.</exception>
    public static int TrySend(Socket socket, SafeFileHandle file, long position, int length)
    {
        bool socketHeld = false, fileHeld = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref socketHeld);
            file.DangerousAddRef(ref fileHeld);
            while (true)
            {
                var offset = position;
                var sent = SendFile((int)socket.SafeHandle.DangerousGetHandle(), (int)file.DangerousGetHandle(), ref offset, length);
                if (sent > 0) return (int)sent;
                if (sent == 0) throw new IOException("The file is shorter than the range that is to be sent");
                var error = Marshal.GetLastPInvokeError();
                if (error == Again) return 0;
                if (error != Interrupted) throw new IOException($"sendfile failed: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
        catch (ObjectDisposedException closed)
        {
            throw new IOException("The connection or the file is closed", closed);
        }
        finally
        {
            if (fileHeld) file.DangerousRelease();
            if (socketHeld) socket.SafeHandle.DangerousRelease();
        }
    }

    [LibraryImport("libc", EntryPoint = "sendfile64", SetLastError = true)]
    private static partial nint SendFile(int outDescriptor, int inDescriptor, ref long offset, nint count);
}
