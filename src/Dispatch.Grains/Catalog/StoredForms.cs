using Dispatch.Engine.Forms;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Forms of projects that are in the store.</summary>
public static class StoredForms
{
    /// <summary>Compiles the form of a project, which compiled when it was stored.</summary>
    /// <param name="forms">The forms this build knows.</param>
    /// <param name="project">The project.</param>
    /// <exception cref="InvalidOperationException">It does not compile here.</exception>
    public static ICompiledForm Compile(this FormCatalog forms, ProjectRecord project) =>
        forms.Compile(project.FormType, project.FormSettings, project.Binding).Form
        ?? throw new InvalidOperationException($"The stored form of project {project.ProjectId} does not compile; it was written by a newer version.");
}
