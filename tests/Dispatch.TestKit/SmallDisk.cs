using System.Diagnostics;

namespace Dispatch.TestKit;

/// <summary>
/// A disk of a test's own that is small enough to be filled: a file system in memory, mounted on a folder. Mounting takes root, or a sudo that does not ask.
/// </summary>
public sealed class SmallDisk(string folder)
{
    private const int Page = 4_096;
    private const int Chunk = 256 * Page;
    private static readonly Lazy<bool> Mountable = new(TryMounting);

    /// <summary>Whether this machine lets tests mount one.</summary>
    public static bool IsPossible => Mountable.Value;

    private string Ballast => Path.Combine(folder, "ballast");

    /// <summary>Mounts one on an empty folder.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="bytes">What it holds.</param>
    /// <param name="owner">The user who may use it.</param>
    public static SmallDisk Mount(string folder, long bytes, string owner)
    {
        Run("mount", "-t", "tmpfs", "-o", $"size={bytes},mode=0700", "tmpfs", folder);
        Run("chown", $"{owner}:", folder);
        return new SmallDisk(folder);
    }

    /// <summary>Takes every page that is free.</summary>
    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = Chunk; size >= Page;)
        {
            try
            {
                file.Write(new byte[size]);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    /// <summary>Gives them back.</summary>
    public void Free() => File.Delete(Ballast);

    /// <summary>Takes it off its folder, which is empty again.</summary>
    public void Unmount() => Run("umount", folder);

    private static bool TryMounting()
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-mount-").FullName;
        try
        {
            return TryRun("mount", "-t", "tmpfs", "-o", $"size={Chunk}", "tmpfs", folder) && TryRun("umount", folder);
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    private static bool TryRun(string program, params string[] arguments)
    {
        try
        {
            Run(program, arguments);
            return true;
        }
        catch (Exception failure) when (failure is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        var start = Environment.UserName == "root" ? new ProcessStartInfo(program, arguments) : new ProcessStartInfo("sudo", ["-n", program, .. arguments]);
        (start.RedirectStandardError, start.UseShellExecute) = (true, false);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} failed ({process.ExitCode}): {error}");
    }
}
