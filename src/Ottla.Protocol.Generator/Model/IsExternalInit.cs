namespace System.Runtime.CompilerServices;

/// <summary>What the compiler asks for to build records on netstandard2.0, where it does not exist.</summary>
internal static class IsExternalInit;
