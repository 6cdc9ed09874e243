# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
#
# Device kernels as one image of machine code for each kind of GPU, and PTX for later ones, inside
# the library. Only nvcc is needed: the driver is loaded at run time.
set(FALTUNG_CUDA "auto" CACHE STRING "Device kernels for GPUs: auto (where nvcc is found), on, off")
set_property(CACHE FALTUNG_CUDA PROPERTY STRINGS auto on off)
set(FALTUNG_CUDA_ARCHITECTURES "80;90" CACHE STRING "Compute capabilities of the device kernels")

# faltung_kernel_image(sources): sets `sources` to the files that make kernel_image().
function(faltung_kernel_image sources)
  set(FALTUNG_KERNEL_IMAGE "" CACHE INTERNAL "The image of the device kernels; empty: none")
  set(folder ${PROJECT_SOURCE_DIR}/src/cuda/device_kernels)
  if(NOT FALTUNG_CUDA STREQUAL "off")
    find_program(FALTUNG_NVCC nvcc HINTS ENV CUDA_PATH ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES bin)
  endif()
  if(FALTUNG_CUDA STREQUAL "on" AND NOT FALTUNG_NVCC)
    message(FATAL_ERROR "FALTUNG_CUDA is on and nvcc is not found: set CUDA_PATH or FALTUNG_NVCC, or FALTUNG_CUDA=off")
  endif()
  if(FALTUNG_CUDA STREQUAL "off" OR NOT FALTUNG_NVCC)
    message(STATUS "Device kernels: none (FALTUNG_CUDA=${FALTUNG_CUDA}, no nvcc in use)")
    set(${sources} ${folder}/no_image.cpp PARENT_SCOPE)
    return()
  endif()
  execute_process(COMMAND ${FALTUNG_NVCC} --version OUTPUT_VARIABLE said)
  string(REGEX MATCH "release ([0-9.]+)" said "${said}")
  set(toolkit ${CMAKE_MATCH_1})
  message(STATUS "Device kernels: by ${FALTUNG_NVCC} (CUDA ${toolkit}) for ${FALTUNG_CUDA_ARCHITECTURES}")
  set(kinds "")
  foreach(architecture IN LISTS FALTUNG_CUDA_ARCHITECTURES)
    list(APPEND kinds -gencode arch=compute_${architecture},code=sm_${architecture})
    set(newest ${architecture})
  endforeach()
  list(APPEND kinds -gencode arch=compute_${newest},code=compute_${newest})
  set(image ${PROJECT_BINARY_DIR}/device_kernels.fatbin)
  file(GLOB parts CONFIGURE_DEPENDS ${folder}/*.hpp ${folder}/*.def)
  # As on the processor, nothing is contracted that is not written so. What ptxas says of registers
  # is kept beside the image, for tools/check_spills.py.
  add_custom_command(
    OUTPUT ${image}
    COMMAND sh -c "log=$1; shift; \"$@\" >\"$log\" 2>&1 || { cat \"$log\" >&2; exit 1; }" sh ${image}.log
            ${FALTUNG_NVCC} -std=c++20 -O3 -fmad=false -Werror all-warnings ${kinds} -fatbin
            -Xfatbin -compress-all -Xptxas -v -t 0
            -I ${PROJECT_SOURCE_DIR}/src -o ${image} ${folder}/kernels.cu
    DEPENDS ${folder}/kernels.cu ${parts}
    COMMENT "Compiling device kernels" VERBATIM)
  add_custom_target(device_kernels DEPENDS ${image})
  set_source_files_properties(
    ${folder}/image.cpp PROPERTIES OBJECT_DEPENDS ${image}
    COMPILE_DEFINITIONS "FALTUNG_KERNEL_IMAGE=\"${image}\";FALTUNG_KERNEL_TOOLKIT=\"${toolkit}\"")
  set(${sources} ${folder}/image.cpp PARENT_SCOPE)
  set(FALTUNG_KERNEL_IMAGE ${image} CACHE INTERNAL "The image of the device kernels; empty: none")
endfunction()
