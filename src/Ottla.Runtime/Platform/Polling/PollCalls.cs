using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ottla.Runtime.Platform.Polling;

/// <summary>A file descriptor that is ours: closed when the last call that uses it has returned, so its number can't mean another file
/// meanwhile.</summary>
internal sealed partial class Descriptor : SafeHandleMinusOneIsInvalid
{
    public Descriptor()
        : base(ownsHandle: true)
    {
    }

    public Descriptor(int number)
        : base(ownsHandle: true) => SetHandle(number);

    protected override bool ReleaseHandle() => Close((int)handle) == 0;

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}

/// <summary>Linux's calls for sockets and epoll(7). Negative is an error, in <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static partial class PollCalls
{
    public const uint In = 0x001;
    public const uint Out = 0x004;
    public const uint Error = 0x008;
    public const uint HangUp = 0x010;
    public const uint PeerClosed = 0x2000;
    public const uint EdgeTriggered = 1u << 31;

    public const int Interrupted = 4;
    public const int Again = 11;
    public const int TooManyFilesInSystem = 23;
    public const int TooManyFiles = 24;
    public const int NoMemory = 12;
    public const int NoBuffers = 105;

    public const int NoSignal = 0x4000;
    public const int More = 0x8000;

    /// <summary>SOCK_NONBLOCK and SOCK_CLOEXEC.</summary>
    public const int ForPolling = 0x800 | 0x80000;

    public const int BothDirections = 2;

    private const int FamilyIPv4 = 2;
    private const int FamilyIPv6 = 10;
    private const int StreamType = 1;
    private const int LevelSocket = 1;
    private const int SocketErrorOption = 4;
    private const int LevelTcp = 6;
    private const int NoDelay = 1;
    private const int SockaddrIPv6Bytes = 28;

    private const int AddToEpoll = 1;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    /// <summary>struct epoll_event is packed on x86 and naturally aligned elsewhere.</summary>
    private static readonly int DataAt = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 4 : 8;

    public static readonly int EventBytes = DataAt + 8;

    public static Descriptor NewEpoll() => Checked(EpollCreate(CloseOnExec), "epoll_create1");

    public static Descriptor NewWakeUp() => Checked(EventFd(0, CloseOnExec | NonBlocking), "eventfd");

    public static void Watch(Descriptor epoll, SafeHandle watched, long id, uint events)
    {
        Span<byte> wanted = stackalloc byte[EventBytes];
        MemoryMarshal.Write(wanted, events);
        MemoryMarshal.Write(wanted[DataAt..], id);
        if (EpollCtl(epoll, AddToEpoll, watched, ref MemoryMarshal.GetReference(wanted)) < 0) throw Failed("epoll_ctl");
    }

    public static (uint Events, long Id) EventAt(ReadOnlySpan<byte> events, int index)
    {
        var one = events[(index * EventBytes)..];
        return (MemoryMarshal.Read<uint>(one), MemoryMarshal.Read<long>(one[DataAt..]));
    }

    /// <summary>The clock of the processor time that the calling thread gets, as Linux makes its number of the thread's; 0 where the system's
    /// library can't tell the thread (glibc before 2.30).</summary>
    public static int CpuClockOfThisThread()
    {
        try
        {
            return (~GetThreadId() << 3) | 6;
        }
        catch (EntryPointNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>0 where the clock is not known or its thread is gone.</summary>
    public static long CpuNanoseconds(int clock)
    {
        Span<long> time = stackalloc long[2];
        return clock != 0 && ClockGetTime(clock, time) == 0 ? (time[0] * 1_000_000_000) + time[1] : 0;
    }

    /// <summary>A TCP socket that does not block.</summary>
    public static Descriptor NewSocket(bool isIPv6) => Checked(Socket(isIPv6 ? FamilyIPv6 : FamilyIPv4, StreamType | ForPolling, 0), "socket");

    public static void SetNoDelay(Descriptor socket)
    {
        var on = 1;
        if (SetOption(socket, LevelTcp, NoDelay, ref on, sizeof(int)) < 0) throw Failed("setsockopt");
    }

    /// <summary>Begins to connect; 0 where it is done, else the error, which may be that it is under way.</summary>
    public static int TryConnect(Descriptor socket, ReadOnlySpan<byte> address) =>
        Connect(socket, address, address.Length) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>What became of a connection that was under way; 0 is well.</summary>
    public static int ErrorOf(Descriptor socket)
    {
        var length = sizeof(int);
        return GetOption(socket, LevelSocket, SocketErrorOption, out var error, ref length) < 0 ? Marshal.GetLastPInvokeError() : error;
    }

    /// <summary>Both ends are the same port of the same address.</summary>
    public static bool IsConnectedToItself(SafeHandle socket, ReadOnlySpan<byte> remote)
    {
        Span<byte> own = stackalloc byte[remote.Length];
        var length = own.Length;
        if (SocketName(socket, own, ref length) < 0) return false;
        // family, port and, behind the flow label of IPv6, the address
        return remote.Length == SockaddrIPv6Bytes ? own[2..4].SequenceEqual(remote[2..4]) && own[8..24].SequenceEqual(remote[8..24]) : own[2..8].SequenceEqual(remote[2..8]);
    }

    public static IOException Failed(string call) => Failed(call, Marshal.GetLastPInvokeError());

    public static IOException Failed(string call, int error) => new($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)}");

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int Wait(Descriptor epoll, Span<byte> events, int eventsMax, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(Descriptor socket, Span<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(Descriptor socket, ReadOnlySpan<byte> bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(SafeHandle listening, Span<byte> address, ref int addressLength, int flags);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(Descriptor socket, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(Descriptor socket, int level, int option, ref int value, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(Descriptor socket, int level, int option, out int value, ref int length);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    private static partial int SocketName(SafeHandle socket, Span<byte> address, ref int length);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(Descriptor socket, int how);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(Descriptor wakeUp, in long value, nint length);

    private static Descriptor Checked(int descriptor, string call) => descriptor < 0 ? throw Failed(call) : new Descriptor(descriptor);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollCtl(Descriptor epoll, int operation, SafeHandle watched, ref byte wanted);

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, Span<long> time);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint value, int flags);
}
